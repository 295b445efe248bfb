/* zstd: one-shot and streaming, through a file of the granted directory. */
#include "corpus.h"
#include "zstd.h"

static void one_shot(const unsigned char *data, size_t size, int level) {
  size_t bound = ZSTD_compressBound(size);
  unsigned char *packed = malloc(bound), *back = malloc(size);
  size_t length = ZSTD_compress(packed, bound, data, size, level);
  if (ZSTD_isError(length)) exit(2);
  size_t got = ZSTD_decompress(back, size, packed, length);
  corpus_check("one shot", data, size, back, got);
  printf("level %d: %zu -> %zu, %016llx\n", level, size, length, (unsigned long long)corpus_digest(packed, length));
  free(packed);
  free(back);
}

static void compress_to_file(const char *path, const unsigned char *data, size_t size, int level) {
  FILE *file = fopen(path, "wb");
  if (!file) exit(3);
  ZSTD_CCtx *context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  unsigned char buffer[4096];
  for (size_t at = 0; at < size;) {
    size_t piece = size - at < 10000 ? size - at : 10000, left = 1;
    ZSTD_EndDirective end = at + piece == size ? ZSTD_e_end : ZSTD_e_continue;
    ZSTD_inBuffer in = {data + at, piece, 0};
    while (end == ZSTD_e_end ? left != 0 : in.pos < in.size) {
      ZSTD_outBuffer out = {buffer, sizeof buffer, 0};
      left = ZSTD_compressStream2(context, &out, &in, end);
      if (ZSTD_isError(left)) exit(4);
      fwrite(buffer, 1, out.pos, file);
    }
    at += piece;
  }
  ZSTD_freeCCtx(context);
  fclose(file);
}

static void read_back(const char *path, const unsigned char *data, size_t size) {
  FILE *file = fopen(path, "rb");
  if (!file) exit(5);
  ZSTD_DCtx *context = ZSTD_createDCtx();
  unsigned char buffer[3000], *back = malloc(size + 1);
  size_t got = 0, length;
  while ((length = fread(buffer, 1, sizeof buffer, file)) > 0) {
    ZSTD_inBuffer in = {buffer, length, 0};
    while (in.pos < in.size) {
      ZSTD_outBuffer out = {back, size + 1, got};
      if (ZSTD_isError(ZSTD_decompressStream(context, &out, &in))) exit(6);
      got = out.pos;
    }
  }
  corpus_check("stream", data, size, back, got);
  printf("stream: %ld bytes in the file\n", ftell(file));
  fclose(file);
  ZSTD_freeDCtx(context);
  free(back);
}

int main(int argc, char **argv) {
  size_t size = argc > 1 ? (size_t)atol(argv[1]) : 1000000;
  unsigned char *data = corpus_make(size);
  static const int levels[] = {1, 3, 6, 11, 16, -5};
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) one_shot(data, size, levels[i]);
  compress_to_file("/data/corpus.zst", data, size, 4);
  read_back("/data/corpus.zst", data, size);
  return 0;
}
