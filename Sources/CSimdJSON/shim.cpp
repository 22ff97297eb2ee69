#include "shim.h"

#include <simdjson.h>

#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace {

using namespace simdjson;

// Deeper nesting is refused: nobody means it, and it would cost stack.
constexpr int depth_max = 64;

struct name_entry {
    const char *name;
    uint8_t length;
    uint8_t field;
};

// By length, so that a key is compared with at most a handful of names.
constexpr name_entry names[] = {
    {"type", 4, GX_TYPE}, {"item", 4, GX_ITEM}, {"city", 4, GX_CITY}, {"mode", 4, GX_MODE}, {"text", 4, GX_TEXT},
    {"tags", 4, GX_TAGS},
    {"brand", 5, GX_BRAND},
    {"amount", 6, GX_AMOUNT}, {"rating", 6, GX_RATING}, {"target", 6, GX_TARGET}, {"ask_id", 6, GX_ASK_ID},
    {"channel", 7, GX_CHANNEL},
    {"event_id", 8, GX_EVENT_ID}, {"customer", 8, GX_CUSTOMER}, {"quantity", 8, GX_QUANTITY},
    {"category", 8, GX_CATEGORY}, {"campaign", 8, GX_CAMPAIGN}, {"order_id", 8, GX_ORDER_ID},
    {"referrer", 8, GX_REFERRER},
    {"community", 9, GX_COMMUNITY}, {"coupon_id", 9, GX_COUPON_ID}, {"sentiment", 9, GX_SENTIMENT},
    {"refers_to", 9, GX_REFERS_TO},
    {"duration_s", 10, GX_DURATION_S}, {"attributes", 10, GX_ATTRIBUTES},
    {"occurred_at", 11, GX_OCCURRED_AT},
};

// First row of `names` with a length, and one past the last: filled at compile time from the order above.
struct length_ranges {
    uint8_t first[13] = {};
    uint8_t last[13] = {};
    constexpr length_ranges() {
        for (uint8_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            uint8_t length = names[i].length;
            if (last[length] == 0) first[length] = i;
            last[length] = uint8_t(i + 1);
        }
    }
};
constexpr length_ranges ranges;

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

// Names have 4 to 11 bytes: two loads that may overlap cover them.
bool is_same(const char *a, const char *b, size_t length) {
    if (length >= 8) return word(a) == word(b) && word(a + length - 8) == word(b + length - 8);
    return half(a) == half(b) && half(a + length - 4) == half(b + length - 4);
}

int field_named(const char *key, size_t length) {
    if (length > 11) return -1;
    for (uint8_t i = ranges.first[length]; i < ranges.last[length]; i++) {
        if (is_same(names[i].name, key, length)) return names[i].field;
    }
    return -1;
}

// A token reaches to the next one; what follows its last character is white space.
std::string_view trimmed(std::string_view token) {
    while (!token.empty()) {
        char c = token.back();
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') break;
        token.remove_suffix(1);
    }
    return token;
}

// The grammar of RFC 8259; the parser's own number reader refuses what does not fit a double.
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

gx_value piece(std::string_view bytes, uint8_t kind) {
    return gx_value{reinterpret_cast<const uint8_t *>(bytes.data()), uint32_t(bytes.size()), kind, 0};
}

}  // namespace

struct gx_parser {
    ondemand::parser parser;
    std::vector<char> wrapped;
    std::vector<gx_element> attributes;
    std::vector<gx_element> tags;

    // A string's content; without escapes it stays where it is.
    bool string(ondemand::value value, gx_value &out) {
        std::string_view token = trimmed(value.raw_json_token());
        if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
        std::string_view content = token.substr(1, token.size() - 2);
        if (std::memchr(content.data(), '\\', content.size()) == nullptr) {
            // Taken all the same: the iterator would skip a string it was left with as a key, in {"a":"b":"c"}.
            ondemand::raw_json_string taken;
            out = piece(content, GX_STRING);
            return value.get_raw_json_string().get(taken) == SUCCESS;
        }
        std::string_view unescaped;
        if (value.get_string().get(unescaped) != SUCCESS) return false;
        // The parser lets a lone low surrogate through, as bytes that are no UTF-8.
        if (!validate_utf8(unescaped.data(), unescaped.size())) return false;
        out = piece(unescaped, GX_STRING);
        out.is_unescaped = 1;
        return true;
    }

    bool key(ondemand::field &field, std::string_view &out) {
        const char *raw = field.key().raw();
        const char *end = raw;
        while (*end != '"' && *end != '\\') end++;
        if (*end == '"') {
            out = std::string_view(raw, size_t(end - raw));
            return true;
        }
        if (field.unescaped_key().get(out) != SUCCESS) return false;
        return validate_utf8(out.data(), out.size());
    }

    // Reads one value whole, so that a record is valid JSON to its last byte; objects and arrays into `elements` when
    // it is given, else they are only walked.
    bool read(ondemand::value value, int depth, gx_value &out, std::vector<gx_element> *elements) {
        ondemand::json_type type;
        if (value.type().get(type) != SUCCESS) return false;
        switch (type) {
        case ondemand::json_type::string: return string(value, out);
        case ondemand::json_type::number: {
            std::string_view token = trimmed(value.raw_json_token());
            out = piece(token, GX_NUMBER);
            return is_number(token);
        }
        case ondemand::json_type::boolean: {
            bool truth;
            if (value.get_bool().get(truth) != SUCCESS) return false;
            out = gx_value{nullptr, 0, uint8_t(truth ? GX_TRUE : GX_FALSE), 0};
            return true;
        }
        case ondemand::json_type::null:
            out = gx_value{nullptr, 0, GX_NULL, 0};
            return trimmed(value.raw_json_token()) == "null";
        case ondemand::json_type::array: {
            out = gx_value{nullptr, 0, GX_ARRAY, 0};
            if (depth >= depth_max) return false;
            ondemand::array array;
            if (value.get_array().get(array) != SUCCESS) return false;
            for (auto element : array) {
                ondemand::value child;
                gx_element read_element{};
                if (std::move(element).get(child) != SUCCESS || !read(child, depth + 1, read_element.value, nullptr)) return false;
                if (elements) elements->push_back(read_element);
            }
            return true;
        }
        case ondemand::json_type::object: {
            out = gx_value{nullptr, 0, GX_OBJECT, 0};
            if (depth >= depth_max) return false;
            ondemand::object object;
            if (value.get_object().get(object) != SUCCESS) return false;
            for (auto entry : object) {
                ondemand::field field;
                std::string_view name;
                gx_element read_element{};
                if (std::move(entry).get(field) != SUCCESS || !key(field, name)) return false;
                if (!read(field.value(), depth + 1, read_element.value, nullptr)) return false;
                read_element.name = piece(name, GX_STRING);
                if (elements) elements->push_back(read_element);
            }
            return true;
        }
        }
        return false;
    }

    // Whether a text that is no object is one JSON value, by the same rules: as the only element of an array around it.
    bool is_value(const char *text, size_t length) {
        wrapped.assign(length + 2 + SIMDJSON_PADDING, ' ');
        wrapped[0] = '[';
        std::memcpy(wrapped.data() + 1, text, length);
        wrapped[length + 1] = ']';
        ondemand::document document;
        ondemand::array array;
        if (parser.iterate(wrapped.data(), length + 2, wrapped.size()).get(document) != SUCCESS) return false;
        if (document.get_array().get(array) != SUCCESS) return false;
        size_t count = 0;
        for (auto element : array) {
            ondemand::value child;
            gx_value ignored;
            if (std::move(element).get(child) != SUCCESS || !read(child, 0, ignored, nullptr)) return false;
            count++;
        }
        return count == 1 && document.current_location().error() == OUT_OF_BOUNDS;
    }

    bool read_record(ondemand::object object, gx_record *out) {
        for (auto entry : object) {
            ondemand::field field;
            std::string_view name;
            if (std::move(entry).get(field) != SUCCESS || !key(field, name)) return false;
            int index = field_named(name.data(), name.size());
            gx_value value{};
            std::vector<gx_element> *elements =
                index == GX_ATTRIBUTES ? &attributes : index == GX_TAGS ? &tags : nullptr;
            if (index >= 0 && out->fields[index].kind != GX_ABSENT) return false;
            if (!read(field.value(), 1, value, elements)) return false;
            if (index < 0) continue;
            out->fields[index] = value;
            bool is_there = value.kind != GX_NULL && !(value.kind == GX_STRING && value.count == 0);
            out->present |= uint32_t(is_there) << index;
        }
        return true;
    }
};

extern "C" {

gx_parser *gx_parser_new(void) { return new (std::nothrow) gx_parser; }

void gx_parser_free(gx_parser *parser) { delete parser; }

size_t gx_padding(void) { return SIMDJSON_PADDING; }

int gx_parse(gx_parser *parser, const uint8_t *bytes, size_t length, gx_record *out) {
    const char *text = reinterpret_cast<const char *>(bytes);
    std::memset(out, 0, sizeof(*out));
    parser->attributes.clear();
    parser->tags.clear();
    ondemand::document document;
    // The first look at a text checks its encoding too, and tells one error of several.
    if (parser->parser.iterate(text, length, length + SIMDJSON_PADDING).get(document) != SUCCESS) {
        return validate_utf8(text, length) ? GX_NOT_JSON : GX_NOT_UTF8;
    }
    if (length >= 3 && std::memcmp(text, "\xef\xbb\xbf", 3) == 0) return GX_NOT_JSON;
    ondemand::json_type type;
    if (document.type().get(type) != SUCCESS) return GX_NOT_JSON;
    if (type != ondemand::json_type::object) {
        // Perhaps valid, but something else: rare enough to copy it.
        return parser->is_value(text, length) ? GX_NOT_AN_OBJECT : GX_NOT_JSON;
    }
    ondemand::object object;
    if (document.get_object().get(object) != SUCCESS) return GX_NOT_JSON;
    if (!parser->read_record(object, out)) return GX_NOT_JSON;
    // Nothing may follow the object.
    if (document.current_location().error() != OUT_OF_BOUNDS) return GX_NOT_JSON;
    out->attributes = parser->attributes.data();
    out->attribute_count = parser->attributes.size();
    out->tags = parser->tags.data();
    out->tag_count = parser->tags.size();
    return GX_OK;
}

}  // extern "C"
