// What the rivals' programs share: patterns, text, and passes that the caller starts one by one.
#pragma once

#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

struct Pattern {
    std::string name, regex;
};

// One `name TAB regex` a line.
inline std::vector<Pattern> read_patterns(const char *path) {
    std::vector<Pattern> patterns;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        const auto tab = line.find('\t');
        if (tab != std::string::npos) patterns.push_back({line.substr(0, tab), line.substr(tab + 1)});
    }
    return patterns;
}

inline std::string read_text(const char *path, size_t most) {
    std::ifstream in(path, std::ios::binary);
    std::string text(most, '\0');
    in.read(&text[0], static_cast<std::streamsize>(most));
    text.resize(static_cast<size_t>(in.gcount()));
    return text;
}

struct Block {
    const char *data;
    size_t size;
};

// Blocks of about `size` bytes that end with a line, or where `size` does if the line is longer than two blocks.
inline std::vector<Block> blocks(const std::string &text, size_t size) {
    std::vector<Block> out;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(at + size, text.size());
        if (end < text.size()) {
            const size_t look = std::min(size, text.size() - end);
            const void *line = memchr(text.data() + end, '\n', look);
            if (line) end = static_cast<size_t>(static_cast<const char *>(line) - text.data()) + 1;
        }
        out.push_back({text.data() + at, end - at});
        at = end;
    }
    return out;
}

// Seconds of CPU time of this thread: what neighbours take does not count.
inline double cpu_seconds() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Says that the engine is ready; then, for every line on standard input, runs `pass` (which gives the number of reports)
// until `least` seconds are used and prints the seconds of one.
template <typename Pass>
int serve(const std::string &info, size_t bytes, Pass pass) {
    const double least = 0.2;
    std::printf("{\"info\":\"%s\",\"bytes\":%zu}\n", info.c_str(), bytes);
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) {
        const double start = cpu_seconds();
        double used = 0;
        uint64_t spans = 0, times = 0;
        do {
            spans = pass();
            times += 1;
            used = cpu_seconds() - start;
        } while (used < least);
        std::printf("{\"seconds\":%.9f,\"spans\":%llu}\n", used / static_cast<double>(times), static_cast<unsigned long long>(spans));
        std::fflush(stdout);
    }
    return 0;
}
