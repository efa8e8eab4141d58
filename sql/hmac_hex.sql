-- HMAC-SHA-256 (RFC 2104) as hex, keyed by the two padded blocks of core.keys.Key.pads.
CREATE OR REPLACE TEMP MACRO hmac_hex(inner_pad, outer_pad, message) AS
    sha256(outer_pad || unhex(sha256(inner_pad || message)))
