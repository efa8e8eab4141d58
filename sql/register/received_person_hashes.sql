-- Persons whose e-mail the customer already holds, by SHA-256.
INSERT INTO received_person
SELECT DISTINCT person FROM position WHERE email IS NOT NULL AND unhex(sha256(email)) IN (SELECT unnest($hashes::BLOB[]))
