// Hyperscan or Vectorscan (the same interface, chosen when linking): all patterns in one database, block mode.
//
// usage: hyperscan ends|starts|single PATTERNS FILE BYTES
//   ends     every match end is reported, without its start
//   starts   with HS_FLAG_SOM_LEFTMOST: every match end with the leftmost start, which a scanner needs to know the value
//   single   with HS_FLAG_SINGLEMATCH: at most one report per pattern and block, the least that it can be asked for
#include "passes.h"

#include <hs/hs.h>

static int count(unsigned, unsigned long long, unsigned long long, unsigned, void *context) {
    *static_cast<uint64_t *>(context) += 1;
    return 0;
}

static unsigned flags_of(const std::string &mode) {
    return mode == "starts" ? HS_FLAG_SOM_LEFTMOST : mode == "single" ? HS_FLAG_SINGLEMATCH : 0;
}

static hs_database_t *compile(const std::vector<Pattern> &patterns, unsigned flags) {
    std::vector<const char *> regexes;
    std::vector<unsigned> ids;
    for (const auto &pattern : patterns) {
        ids.push_back(static_cast<unsigned>(regexes.size()));
        regexes.push_back(pattern.regex.c_str());
    }
    const std::vector<unsigned> all(patterns.size(), flags);
    hs_database_t *database = nullptr;
    hs_compile_error_t *error = nullptr;
    const auto n = static_cast<unsigned>(patterns.size());
    if (hs_compile_multi(regexes.data(), all.data(), ids.data(), n, HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS) {
        std::fprintf(stderr, "%s: %s\n", error->expression < 0 ? "all" : patterns[error->expression].name.c_str(), error->message);
    }
    return database;
}

// Version, features of the code that was picked for this CPU, and the size of the database.
static std::string describe(const hs_database_t *database) {
    char *features = nullptr;
    size_t size = 0;
    hs_database_info(database, &features);
    hs_database_size(database, &size);
    return std::string(hs_version()) + "; " + features + "; database " + std::to_string(size) + " bytes";
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    const auto patterns = read_patterns(argv[2]);
    const std::string text = read_text(argv[3], std::stoull(argv[4]));
    hs_database_t *database = compile(patterns, flags_of(argv[1]));
    hs_scratch_t *scratch = nullptr;
    if (!database || hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return 1;
    const auto pieces = blocks(text, 1 << 20);
    return serve(describe(database), text.size(), [&] {
        uint64_t reports = 0;
        for (const auto &piece : pieces) hs_scan(database, piece.data, static_cast<unsigned>(piece.size), 0, scratch, count, &reports);
        return reports;
    });
}
