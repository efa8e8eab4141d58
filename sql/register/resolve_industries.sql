-- Ids of the industries that a criterion names.
SELECT industry FROM industry WHERE version = $version AND (EXISTS (SELECT 1 FROM (SELECT unnest($prefixes::VARCHAR[]) AS prefix) WHERE starts_with(code, prefix)) OR division IN (SELECT unnest($divisions::VARCHAR[])))
