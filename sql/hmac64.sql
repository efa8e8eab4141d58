-- The first 64 bits of an HMAC as an integer: compact blind index.
CREATE OR REPLACE TEMP MACRO hmac64(inner_pad, outer_pad, message) AS
    ('0x' || substr(hmac_hex(inner_pad, outer_pad, message), 1, 16))::UBIGINT
