#pragma once

#include <map>
#include <string>

/* How often each word is in a text. */
inline std::map<std::string, int> count_words(const std::string &text)
{
    std::map<std::string, int> counts;
    std::string word;
    for (char c : text + ' ') {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            counts[word]++;
            word.clear();
        }
    }
    return counts;
}
