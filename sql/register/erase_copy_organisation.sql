INSERT INTO organisation SELECT o.* FROM previous.organisation AS o ANTI JOIN gone_organisation AS g ON g.org = o.org
