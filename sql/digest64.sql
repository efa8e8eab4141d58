-- The first 64 bits of SHA-256: by this a list of what a customer has is compared with the register, in the clear or hashed.
CREATE OR REPLACE TEMP MACRO digest64(text) AS ('0x' || substr(sha256(text), 1, 16))::UBIGINT
