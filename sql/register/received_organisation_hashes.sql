-- Organisations whose Y-tunnus the customer already holds, by SHA-256.
INSERT INTO received_organisation
SELECT org FROM organisation WHERE unhex(sha256(business_id)) IN (SELECT unnest($hashes::BLOB[]))
