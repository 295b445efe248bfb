#include <cstdio>

#include "count.hpp"

int main(int argc, char **argv)
{
    std::string text;
    for (int i = 1; i < argc; i++)
        text += std::string(argv[i]) + " ";
    for (const auto &[word, count] : count_words(argc > 1 ? text : DEFAULT_TEXT))
        std::printf("%s %d\n", word.c_str(), count);
    return 0;
}
