/* LZ4: blocks, the high-compression coder, and frames through a file of the granted directory. */
#include "corpus.h"
#include "lz4.h"
#include "lz4frame.h"
#include "lz4hc.h"

static void block(const unsigned char *data, int size, int level) {
  int bound = LZ4_compressBound(size);
  char *packed = malloc((size_t)bound), *back = malloc((size_t)size);
  int length = level ? LZ4_compress_HC((const char *)data, packed, size, bound, level) : LZ4_compress_default((const char *)data, packed, size, bound);
  if (length <= 0) exit(2);
  int got = LZ4_decompress_safe(packed, back, length, size);
  corpus_check("block", data, (size_t)size, back, got < 0 ? 0 : (size_t)got);
  printf("level %d: %d -> %d, %016llx\n", level, size, length, (unsigned long long)corpus_digest(packed, (size_t)length));
  free(packed);
  free(back);
}

static void frame(const char *path, const unsigned char *data, size_t size) {
  LZ4F_preferences_t preferences = {.frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled}, .compressionLevel = 5};
  LZ4F_cctx *context;
  if (LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION))) exit(3);
  FILE *file = fopen(path, "wb");
  if (!file) exit(4);
  size_t piece = 20000, room = LZ4F_compressBound(piece, &preferences) + LZ4F_HEADER_SIZE_MAX;
  unsigned char *buffer = malloc(room);
  fwrite(buffer, 1, LZ4F_compressBegin(context, buffer, room, &preferences), file);
  for (size_t at = 0; at < size; at += piece) {
    size_t length = LZ4F_compressUpdate(context, buffer, room, data + at, size - at < piece ? size - at : piece, NULL);
    if (LZ4F_isError(length)) exit(5);
    fwrite(buffer, 1, length, file);
  }
  fwrite(buffer, 1, LZ4F_compressEnd(context, buffer, room, NULL), file);
  fclose(file);
  free(buffer);
  LZ4F_freeCompressionContext(context);
}

static void read_back(const char *path, const unsigned char *data, size_t size) {
  LZ4F_dctx *context;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) exit(6);
  FILE *file = fopen(path, "rb");
  if (!file) exit(7);
  unsigned char buffer[3000], *back = malloc(size + 1);
  size_t got = 0, length;
  while ((length = fread(buffer, 1, sizeof buffer, file)) > 0)
    for (size_t at = 0; at < length;) {
      size_t room = size + 1 - got, taken = length - at;
      if (LZ4F_isError(LZ4F_decompress(context, back + got, &room, buffer + at, &taken, NULL))) exit(8);
      got += room;
      at += taken;
    }
  corpus_check("frame", data, size, back, got);
  printf("frame: %ld bytes in the file\n", ftell(file));
  fclose(file);
  LZ4F_freeDecompressionContext(context);
  free(back);
}

int main(int argc, char **argv) {
  size_t size = argc > 1 ? (size_t)atol(argv[1]) : 1000000;
  unsigned char *data = corpus_make(size);
  static const int levels[] = {0, 3, 6, 9, 12};
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) block(data, (int)size, levels[i]);
  frame("/data/corpus.lz4", data, size);
  read_back("/data/corpus.lz4", data, size);
  return 0;
}
