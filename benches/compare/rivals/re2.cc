// RE2::Set: which patterns stand in each line; neither where nor how often.
//
// usage: re2 lines PATTERNS FILE BYTES
#include "passes.h"

#include <re2/re2.h>
#include <re2/set.h>

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    const std::string text = read_text(argv[3], std::stoull(argv[4]));
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_max_mem(512 << 20);
    RE2::Set set(options, RE2::UNANCHORED);
    for (const auto &pattern : read_patterns(argv[2])) {
        std::string why;
        if (set.Add(pattern.regex, &why) < 0) std::fprintf(stderr, "%s: %s\n", pattern.name.c_str(), why.c_str());
    }
    if (!set.Compile()) return 1;
    std::vector<int> found;
    return serve("RE2 of Debian", text.size(), [&] {
        uint64_t reports = 0;
        const char *end = text.data() + text.size();
        for (const char *line = text.data(); line < end;) {
            const void *stop = memchr(line, '\n', static_cast<size_t>(end - line));
            const char *to = stop ? static_cast<const char *>(stop) : end;
            found.clear();
            set.Match(re2::StringPiece(line, static_cast<size_t>(to - line)), &found);
            reports += found.size();
            line = to + 1;
        }
        return reports;
    });
}
