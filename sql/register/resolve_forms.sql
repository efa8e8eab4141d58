-- Ids of the forms that a criterion names.
SELECT form FROM form WHERE code IN (SELECT unnest($codes::VARCHAR[]))
