#include "shim.h"

#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace {

using namespace simdjson;

// Deeper nesting is refused: nobody means it, and it would cost stack.
constexpr int depth_max = 64;

// Where a token begins, in a list of all.
using token = const uint32_t *;

constexpr int unlisted = -1;

// In the order of the fields; they have 4 to 11 bytes.
constexpr std::string_view names[GX_FIELD_COUNT] = {
    "event_id", "type", "occurred_at", "customer", "channel", "amount", "quantity", "item", "category", "brand",
    "campaign", "community", "order_id", "coupon_id", "city", "rating", "sentiment", "duration_s", "target",
    "referrer", "refers_to", "ask_id", "mode", "text", "attributes", "tags",
};

uint64_t word(const char *bytes) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
}

uint32_t half(const char *bytes) {
    uint32_t half;
    std::memcpy(&half, bytes, sizeof(half));
    return half;
}

// A table in which each name has a slot of its own, by its first four bytes and its length: one look tells which name it
// can be. The compiler finds the multiplier that makes it so.
struct name_table {
    uint32_t multiplier = 1;
    int8_t fields[128] = {};

    static constexpr uint32_t slot(uint32_t half, size_t length, uint32_t multiplier) {
        return (half + uint32_t(length)) * multiplier >> 25;
    }

    static constexpr uint32_t first(std::string_view name) {
        uint32_t half = 0;
        for (int i = 0; i < 4; i++) half |= uint32_t(uint8_t(name[i])) << 8 * i;
        return half;
    }

    constexpr bool fill() {
        for (int8_t &field : fields) field = unlisted;
        for (int i = 0; i < GX_FIELD_COUNT; i++) {
            int8_t &field = fields[slot(first(names[i]), names[i].size(), multiplier)];
            if (field != unlisted) return false;
            field = int8_t(i);
        }
        return true;
    }

    constexpr name_table() {
        while (!fill()) multiplier += 0x9e3779b8;
    }
};
constexpr name_table table;

// Two loads that may overlap cover a name.
bool is_same(const char *a, const char *b, size_t length) {
    if (length >= 8) return word(a) == word(b) && word(a + length - 8) == word(b + length - 8);
    return half(a) == half(b) && half(a + length - 4) == half(b + length - 4);
}

int field_named(const char *key, size_t length) {
    int field = table.fields[name_table::slot(half(key), length, table.multiplier)];
    if (field == unlisted || names[field].size() != length) return unlisted;
    return is_same(names[field].data(), key, length) ? field : unlisted;
}

bool is_space(char c) { return uint8_t(c) <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t'); }

// The grammar of RFC 8259.
bool is_number(std::string_view s) {
    size_t i = 0, n = s.size();
    auto digits = [&] {
        size_t from = i;
        while (i < n && s[i] >= '0' && s[i] <= '9') i++;
        return i > from;
    };
    if (i < n && s[i] == '-') i++;
    if (i < n && s[i] == '0') i++;
    else if (!digits()) return false;
    if (i < n && s[i] == '.') {
        i++;
        if (!digits()) return false;
    }
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < n && (s[i] == '+' || s[i] == '-')) i++;
        if (!digits()) return false;
    }
    return i == n && n > 0;
}

// The value of one to eighteen digits as a number may be written; -1 of anything else.
int64_t natural(std::string_view s) {
    if (s.empty() || s.size() > 18 || (s[0] == '0' && s.size() > 1)) return -1;
    int64_t value = 0;
    for (char c : s) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

gx_value piece(std::string_view bytes, uint16_t kind) {
    return gx_value{reinterpret_cast<const uint8_t *>(bytes.data()), -1, uint32_t(bytes.size()), kind, 0};
}

}  // namespace

struct gx_parser {
    // The library finds where tokens begin (brackets, commas, colons, strings, and the first characters of anything
    // else), and that the encoding is right and every string ends. Its own ways to walk over them do more than we need:
    // a record is flat, and must be valid to its last byte.
    std::unique_ptr<internal::dom_parser_implementation> index;
    // Unescapes strings.
    ondemand::parser strings;
    std::vector<uint8_t> unescaped;
    uint8_t *unescaped_end = nullptr;
    std::vector<gx_element> attributes;
    std::vector<gx_element> tags;

    // What is read: the text, the end of the list of where its tokens begin (behind it stands the length of the text, as
    // if another began there), and whether there is a backslash anywhere.
    const char *text = nullptr;
    token end = nullptr;
    bool has_escapes = false;

    bool reserve(size_t capacity) {
        return get_active_implementation()->create_dom_parser_implementation(capacity, depth_max, index) == SUCCESS
            && strings.allocate(capacity) == SUCCESS;
    }

    // The first character of a token; 0, which begins none, at the end.
    char first(token at) const { return at == end ? 0 : text[*at]; }

    // A token and the white space behind it reach to the next one.
    std::string_view content(token at) const {
        const char *first = text + at[0], *last = text + at[1];
        while (is_space(last[-1])) last--;
        return std::string_view(first, size_t(last - first));
    }

    // Those that read something begin at a token, which is there, and return the one behind; null where it is no JSON.

    token literal(token at, std::string_view expected, uint16_t kind, gx_value &out) const {
        out = piece({}, kind);
        return content(at) == expected ? at + 1 : nullptr;
    }

    token number(token at, gx_value &out) const {
        out = piece(content(at), GX_NUMBER);
        out.natural = natural(content(at));
        return out.natural >= 0 || is_number(content(at)) ? at + 1 : nullptr;
    }

    // A string without escapes stays where it is.
    token string(token at, gx_value &out) {
        std::string_view quoted = content(at);
        if (quoted.size() < 2 || quoted.back() != '"') return nullptr;
        out = piece(quoted.substr(1, quoted.size() - 2), GX_STRING);
        return !has_escapes || unescape(out) ? at + 1 : nullptr;
    }

    // Rare, and so kept out of the way of what is not.
    [[gnu::noinline]] bool unescape(gx_value &string) {
        if (std::memchr(string.bytes, '\\', string.count) == nullptr) return true;
        std::string_view unescaped;
        if (strings.unescape(ondemand::raw_json_string(string.bytes), unescaped_end).get(unescaped) != SUCCESS) {
            return false;
        }
        string = piece(unescaped, GX_STRING);
        string.has_nul = unescaped.find('\0') != std::string_view::npos;
        // The library lets a lone low surrogate through, as bytes that are no UTF-8.
        return validate_utf8(unescaped);
    }

    token name(token at, gx_value &out) {
        if (first(at) != '"' || (at = string(at, out)) == nullptr) return nullptr;
        return first(at) == ':' ? at + 1 : nullptr;
    }

    // Objects and arrays: of listed fields their elements are kept.
    token list(token at, int depth, char close, int field) {
        if (depth >= depth_max) return nullptr;
        if (first(++at) == close) return at + 1;
        while (true) {
            gx_element element{};
            if (close == '}' && (at = name(at, element.name)) == nullptr) return nullptr;
            if ((at = value(at, depth + 1, element.value, unlisted)) == nullptr) return nullptr;
            if (field == GX_ATTRIBUTES) attributes.push_back(element);
            if (field == GX_TAGS) tags.push_back(element);
            char next = first(at++);
            if (next == close) return at;
            if (next != ',') return nullptr;
        }
    }

    // Reads a value whole, so that a record is valid JSON to its last byte.
    token value(token at, int depth, gx_value &out, int field) {
        switch (first(at)) {
        case '"': return string(at, out);
        case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
            return number(at, out);
        case 't': return literal(at, "true", GX_TRUE, out);
        case 'f': return literal(at, "false", GX_FALSE, out);
        case 'n': return literal(at, "null", GX_NULL, out);
        case '[':
            out = piece({}, GX_ARRAY);
            return list(at, depth, ']', field);
        case '{':
            out = piece({}, GX_OBJECT);
            return list(at, depth, '}', field);
        default: return nullptr;
        }
    }

    token record(token at, gx_record *out) {
        uint32_t seen = 0, present = 0;
        out->present = 0;
        if (first(++at) == '}') return at + 1;
        while (true) {
            gx_value key, nobodys;
            if ((at = name(at, key)) == nullptr) return nullptr;
            int field = field_named(reinterpret_cast<const char *>(key.bytes), key.count);
            if (field == unlisted) {
                if ((at = value(at, 1, nobodys, field)) == nullptr) return nullptr;
            } else {
                uint32_t bit = uint32_t(1) << field;
                if (seen & bit) return nullptr;
                seen |= bit;
                gx_value &found = out->fields[field];
                bool is_there;
                // Most are strings: those are read without a detour.
                if (first(at) == '"') {
                    if ((at = string(at, found)) == nullptr) return nullptr;
                    is_there = found.count > 0;
                } else {
                    if ((at = value(at, 1, found, field)) == nullptr) return nullptr;
                    is_there = found.kind != GX_NULL;
                }
                if (is_there) present |= bit;
            }
            char next = first(at++);
            if (next == '}') {
                out->present = present;
                return at;
            }
            if (next != ',') return nullptr;
        }
    }

    int parse(const uint8_t *bytes, size_t length, gx_record *out) {
        // Without memory nothing true can be said of a record.
        if (length > index->capacity() && !reserve(length)) std::abort();
        text = reinterpret_cast<const char *>(bytes);
        // The first look at a text checks its encoding too, and tells one error of several.
        if (index->stage1(bytes, length, stage1_mode::regular) != SUCCESS) {
            return validate_utf8(text, length) ? GX_NOT_JSON : GX_NOT_UTF8;
        }
        token begin = index->structural_indexes.get();
        end = begin + index->n_structural_indexes;
        has_escapes = std::memchr(text, '\\', length) != nullptr;
        if (has_escapes) {
            unescaped.resize(length + SIMDJSON_PADDING);
            unescaped_end = unescaped.data();
        }
        attributes.clear();
        tags.clear();
        bool is_object = first(begin) == '{';
        gx_value other;
        // Nothing may follow.
        if ((is_object ? record(begin, out) : value(begin, 0, other, unlisted)) != end) return GX_NOT_JSON;
        if (!is_object) return GX_NOT_AN_OBJECT;
        out->attributes = attributes.data();
        out->attribute_count = attributes.size();
        out->tags = tags.data();
        out->tag_count = tags.size();
        return GX_OK;
    }
};

extern "C" {

gx_parser *gx_parser_new(void) {
    gx_parser *parser = new (std::nothrow) gx_parser;
    if (parser != nullptr && parser->reserve(65536)) return parser;
    delete parser;
    return nullptr;
}

void gx_parser_free(gx_parser *parser) { delete parser; }

size_t gx_padding(void) { return SIMDJSON_PADDING; }

int gx_parse(gx_parser *parser, const uint8_t *bytes, size_t length, gx_record *out) {
    return parser->parse(bytes, length, out);
}

}  // extern "C"
