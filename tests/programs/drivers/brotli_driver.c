/* Brotli: one-shot and streaming, through a file of the granted directory. */
#include <brotli/decode.h>
#include <brotli/encode.h>

#include "corpus.h"

static void one_shot(const unsigned char *data, size_t size, int quality) {
  size_t length = BrotliEncoderMaxCompressedSize(size), got = size;
  unsigned char *packed = malloc(length), *back = malloc(size);
  if (!BrotliEncoderCompress(quality, 20, BROTLI_MODE_GENERIC, size, data, &length, packed)) exit(2);
  if (BrotliDecoderDecompress(length, packed, &got, back) != BROTLI_DECODER_RESULT_SUCCESS) exit(3);
  corpus_check("one shot", data, size, back, got);
  printf("quality %d: %zu -> %zu, %016llx\n", quality, size, length, (unsigned long long)corpus_digest(packed, length));
  free(packed);
  free(back);
}

static void compress_to_file(const char *path, const unsigned char *data, size_t size) {
  FILE *file = fopen(path, "wb");
  BrotliEncoderState *state = BrotliEncoderCreateInstance(NULL, NULL, NULL);
  if (!file || !state) exit(4);
  BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, 7);
  unsigned char buffer[4096];
  const unsigned char *next_in = data;
  size_t left = size;
  while (!BrotliEncoderIsFinished(state)) {
    unsigned char *next_out = buffer;
    size_t room = sizeof buffer;
    if (!BrotliEncoderCompressStream(state, BROTLI_OPERATION_FINISH, &left, &next_in, &room, &next_out, NULL)) exit(5);
    fwrite(buffer, 1, sizeof buffer - room, file);
  }
  BrotliEncoderDestroyInstance(state);
  fclose(file);
}

static void read_back(const char *path, const unsigned char *data, size_t size) {
  FILE *file = fopen(path, "rb");
  BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
  if (!file || !state) exit(6);
  unsigned char buffer[3000], *back = malloc(size + 1), *next_out = back;
  size_t room = size + 1, length;
  while ((length = fread(buffer, 1, sizeof buffer, file)) > 0) {
    const unsigned char *next_in = buffer;
    if (BrotliDecoderDecompressStream(state, &length, &next_in, &room, &next_out, NULL) == BROTLI_DECODER_RESULT_ERROR) exit(7);
  }
  corpus_check("stream", data, size, back, (size_t)(next_out - back));
  printf("stream: %ld bytes in the file\n", ftell(file));
  fclose(file);
  BrotliDecoderDestroyInstance(state);
  free(back);
}

int main(int argc, char **argv) {
  size_t size = argc > 1 ? (size_t)atol(argv[1]) : 300000;
  unsigned char *data = corpus_make(size);
  static const int qualities[] = {0, 1, 4, 5, 9};
  for (size_t i = 0; i < sizeof qualities / sizeof *qualities; i++) one_shot(data, size, qualities[i]);
  one_shot(data, size / 8, 11);
  compress_to_file("/data/corpus.br", data, size);
  read_back("/data/corpus.br", data, size);
  return 0;
}
