#pragma once
// One JSON record at a time, cut into the fields of an event. The shim knows names and shapes; rules are Swift's.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The listed fields, in the order in which they are checked.
enum {
    GX_EVENT_ID, GX_TYPE, GX_OCCURRED_AT, GX_CUSTOMER, GX_CHANNEL, GX_AMOUNT, GX_QUANTITY, GX_ITEM, GX_CATEGORY,
    GX_BRAND, GX_CAMPAIGN, GX_COMMUNITY, GX_ORDER_ID, GX_COUPON_ID, GX_CITY, GX_RATING, GX_SENTIMENT, GX_DURATION_S,
    GX_TARGET, GX_REFERRER, GX_REFERS_TO, GX_ASK_ID, GX_MODE, GX_TEXT, GX_ATTRIBUTES, GX_TAGS,
    GX_FIELD_COUNT
};

// What a value is; null is told apart because attributes need it.
enum { GX_NULL, GX_STRING, GX_NUMBER, GX_TRUE, GX_FALSE, GX_OBJECT, GX_ARRAY };

// What became of a record.
enum { GX_OK, GX_NOT_UTF8, GX_NOT_JSON, GX_NOT_AN_OBJECT };

typedef struct {
    // Of a string its unescaped bytes, of a number its literal; borrowed until the next record, and behind them
    // `gx_padding()` may be read.
    const uint8_t *bytes;
    // Of a number that is written in one to eighteen digits and nothing else, its value; of any other -1.
    int64_t natural;
    uint32_t count;
    uint16_t kind;
    // U+0000 is among its characters, which can only be written as an escape.
    uint16_t has_nul;
} gx_value;

// One element of `tags` (no name) or `attributes`.
typedef struct {
    gx_value name;
    gx_value value;
} gx_element;

typedef struct {
    // Only those are filled that are present.
    gx_value fields[GX_FIELD_COUNT];
    // A bit for each field that has a value: not null, and no empty string.
    uint32_t present;
    const gx_element *attributes;
    size_t attribute_count;
    const gx_element *tags;
    size_t tag_count;
} gx_record;

typedef struct gx_parser gx_parser;

// NULL when there is no memory.
gx_parser *gx_parser_new(void);
void gx_parser_free(gx_parser *parser);

// Bytes that must be readable behind a record, whatever they are.
size_t gx_padding(void);

// Cuts one record. `bytes` must be readable for `length + gx_padding()`. The whole document is validated, the values
// of unknown fields too. Returns one of GX_OK …; `out` is filled only then.
int gx_parse(gx_parser *parser, const uint8_t *bytes, size_t length, gx_record *out);

#ifdef __cplusplus
}
#endif
