-- What a count scans: one flat row per deliverable position, ordered by org (R005, R006). The links are the first 64 bits
-- of the tokens by which manifests name person and site, blinded with a key: without it snapshot and manifests do not join.
-- email is the first 64 bits of the address's SHA-256.
CREATE TABLE selectable (
    position INTEGER NOT NULL, person INTEGER NOT NULL, org INTEGER NOT NULL, kind UTINYINT, industry SMALLINT, form SMALLINT,
    staff_class UTINYINT, revenue_class UTINYINT, region UTINYINT, municipality SMALLINT, postcode INTEGER,
    it_workstations INTEGER, it_servers INTEGER, it_erp SMALLINT, responsibility UINTEGER NOT NULL, purchasing UINTEGER NOT NULL,
    has_website BOOLEAN NOT NULL, has_parallel_name BOOLEAN NOT NULL, level UTINYINT, title INTEGER, has_email BOOLEAN NOT NULL, has_phone BOOLEAN NOT NULL, has_post BOOLEAN NOT NULL,
    verified DATE, notified DATE, load_set INTEGER NOT NULL, nonce UUID NOT NULL,
    person_link UBIGINT NOT NULL, site_link UBIGINT NOT NULL, email UBIGINT
)
