SELECT count(*) FROM reach AS r JOIN component AS c ON c.rid = r.rid WHERE r.label <> c.label
