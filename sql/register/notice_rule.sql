-- Which material version of the notice is in effect, and from when on a source's word that it told counts (R098).
CREATE TEMP TABLE notice_rule AS SELECT $version::INTEGER AS version, $since::DATE AS told_since
