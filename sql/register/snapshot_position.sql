-- One row per person, organisation and title. Level, started, verified and notified belong to the responsibility
-- group: a responsibility is data with its own source and verification date (R007). obtained: the first day, whatever is
-- loaded later (R070).
CREATE TABLE position (
    position INTEGER NOT NULL, person INTEGER NOT NULL, org INTEGER NOT NULL, title VARCHAR,
    responsibilities VARCHAR[], purchasing VARCHAR[], level UTINYINT, email VARCHAR, mobile VARCHAR,
    postal_street VARCHAR, postal_postcode VARCHAR, postal_city VARCHAR, started DATE, verified DATE, notified DATE,
    nonce UUID NOT NULL, source VARCHAR NOT NULL, source_id VARCHAR,
    name_load INTEGER, name_date DATE, title_load INTEGER, title_date DATE,
    responsibility_load INTEGER, responsibility_date DATE, email_load INTEGER, email_date DATE,
    mobile_load INTEGER, mobile_date DATE, postal_load INTEGER, postal_date DATE, obtained DATE
)
