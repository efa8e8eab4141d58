INSERT INTO meta SELECT unnest($keys::VARCHAR[]), unnest($values::VARCHAR[])
