-- U(h) of fingerprint.md 2.1: the first 53 bits of an HMAC as a number in [0, 1).
CREATE OR REPLACE TEMP MACRO hmac_unit(inner_pad, outer_pad, message) AS
    (('0x' || substr(hmac_hex(inner_pad, outer_pad, message), 1, 14))::UBIGINT >> 3)::DOUBLE / 9007199254740992.0
