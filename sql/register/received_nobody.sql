-- No earlier delivery is asked about.
CREATE OR REPLACE TEMP TABLE received_person AS
SELECT NULL::INTEGER AS id WHERE false
