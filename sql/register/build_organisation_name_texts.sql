SELECT org, name AS text FROM organisation_name
