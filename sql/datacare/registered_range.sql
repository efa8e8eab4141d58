SELECT coalesce(max(org), 0) AS last FROM organisation
