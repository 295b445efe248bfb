#pragma once

#include <map>
#include <sstream>
#include <string>

/* How often each word is in a text. */
inline std::map<std::string, int> count_words(const std::string &text)
{
    std::map<std::string, int> counts;
    std::istringstream stream(text);
    for (std::string word; stream >> word;)
        counts[word]++;
    return counts;
}
