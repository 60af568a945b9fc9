-- Lists that answer at once, however long they are: counters beside the inbox, a search in the order of the inbox, the
-- decisions about each operator, and what is under way.

-- Counters, kept by the tables themselves: no write can forget them. A row with nothing to count is not there, so the
-- groups of an account's conversations can be read here, those included that are groups no more.
CREATE TABLE inbox_counts (
  account BLOB NOT NULL,
  status  INTEGER NOT NULL,
  grp     BLOB NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (account, status, grp)
) WITHOUT ROWID, STRICT;
INSERT INTO inbox_counts (account, status, grp, n)
  SELECT account, status, grp, count(*) FROM inbox GROUP BY account, status, grp;

CREATE TRIGGER inbox_came AFTER INSERT ON inbox BEGIN
  INSERT INTO inbox_counts (account, status, grp, n) VALUES (new.account, new.status, new.grp, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER inbox_moved AFTER UPDATE OF status, grp ON inbox
WHEN (old.status, old.grp) <> (new.status, new.grp) BEGIN
  INSERT INTO inbox_counts (account, status, grp, n) VALUES (new.account, new.status, new.grp, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
  UPDATE inbox_counts SET n = n - 1 WHERE account = old.account AND status = old.status AND grp = old.grp;
  DELETE FROM inbox_counts WHERE account = old.account AND status = old.status AND grp = old.grp AND n = 0;
END;
CREATE TRIGGER inbox_went AFTER DELETE ON inbox BEGIN
  UPDATE inbox_counts SET n = n - 1 WHERE account = old.account AND status = old.status AND grp = old.grp;
  DELETE FROM inbox_counts WHERE account = old.account AND status = old.status AND grp = old.grp AND n = 0;
END;

CREATE TABLE joined_counts (
  account  BLOB NOT NULL,
  operator BLOB NOT NULL,
  status   INTEGER NOT NULL,
  grp      BLOB NOT NULL,
  n        INTEGER NOT NULL,
  PRIMARY KEY (account, operator, status, grp)
) WITHOUT ROWID, STRICT;
INSERT INTO joined_counts (account, operator, status, grp, n)
  SELECT account, operator, status, grp, count(*) FROM joined GROUP BY account, operator, status, grp;

CREATE TRIGGER joined_came AFTER INSERT ON joined BEGIN
  INSERT INTO joined_counts (account, operator, status, grp, n) VALUES (new.account, new.operator, new.status, new.grp, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER joined_moved AFTER UPDATE OF status, grp ON joined
WHEN (old.status, old.grp) <> (new.status, new.grp) BEGIN
  INSERT INTO joined_counts (account, operator, status, grp, n) VALUES (new.account, new.operator, new.status, new.grp, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
  UPDATE joined_counts SET n = n - 1
    WHERE account = old.account AND operator = old.operator AND status = old.status AND grp = old.grp;
  DELETE FROM joined_counts
    WHERE account = old.account AND operator = old.operator AND status = old.status AND grp = old.grp AND n = 0;
END;
CREATE TRIGGER joined_went AFTER DELETE ON joined BEGIN
  UPDATE joined_counts SET n = n - 1
    WHERE account = old.account AND operator = old.operator AND status = old.status AND grp = old.grp;
  DELETE FROM joined_counts
    WHERE account = old.account AND operator = old.operator AND status = old.status AND grp = old.grp AND n = 0;
END;

-- The search: texts stand on shelves. A shelf holds the texts of the conversations of one state and group whose last activity
-- is at or after `since` and before the next shelf's; `len` is how many they are. A shelf that is full is split
-- (search.rs), so a search looks at a few texts on each shelf, the newest shelf first, and stops when its page is full.
CREATE TABLE shelves (
  account BLOB NOT NULL,
  status  INTEGER NOT NULL,
  grp     BLOB NOT NULL,
  since   INTEGER NOT NULL,
  len     INTEGER NOT NULL,
  PRIMARY KEY (account, status, grp, since)
) WITHOUT ROWID, STRICT;

DROP INDEX search_by_conversation;
ALTER TABLE search RENAME TO search_before;
CREATE TABLE search (
  account      BLOB NOT NULL,
  status       INTEGER NOT NULL,
  grp          BLOB NOT NULL,
  since        INTEGER NOT NULL,
  text         TEXT NOT NULL,
  conversation BLOB NOT NULL,
  PRIMARY KEY (account, status, grp, since, text, conversation)
) WITHOUT ROWID, STRICT;

-- The first shelf reaches back to the beginning of time. All conversations of one instant stand on one shelf.
INSERT INTO shelves (account, status, grp, since, len)
  SELECT DISTINCT account, status, grp, iif(shelf = 0, -9223372036854775808, min(at) OVER (PARTITION BY account, status, grp, shelf)), 0
  FROM (SELECT account, status, grp, at,
          (row_number() OVER (PARTITION BY account, status, grp ORDER BY at, conversation) - 1) / 256 AS shelf
        FROM inbox);
INSERT INTO search (account, status, grp, since, text, conversation)
  SELECT i.account, i.status, i.grp,
    (SELECT max(since) FROM shelves AS h
     WHERE h.account = i.account AND h.status = i.status AND h.grp = i.grp AND h.since <= i.at),
    s.text, s.conversation
  FROM search_before AS s JOIN inbox AS i ON i.account = s.account AND i.conversation = s.conversation;
DROP TABLE search_before;
UPDATE shelves SET len = (SELECT count(*) FROM search AS s
  WHERE s.account = shelves.account AND s.status = shelves.status AND s.grp = shelves.grp AND s.since = shelves.since);
CREATE INDEX search_by_conversation ON search (account, conversation, text, status, grp, since);
-- Few texts that start right are found here, without a look at every shelf.
CREATE INDEX search_by_text ON search (account, text, conversation);

-- What was decided about each operator: the outcome at `position` of the conversation's entries, or the one that will stand
-- there once it is settled. The one place where SQL reads the shape of an entry: the entries of a file that had no such
-- index yet.
CREATE TABLE decisions (
  account      BLOB NOT NULL,
  operator     BLOB NOT NULL,
  at           INTEGER NOT NULL,
  conversation BLOB NOT NULL,
  position     INTEGER NOT NULL,
  PRIMARY KEY (account, operator, at, conversation, position)
) WITHOUT ROWID, STRICT;
WITH
  texts AS (SELECT account, id, position, CAST(substr(entry, 2) AS TEXT) AS text FROM streams WHERE kind = 3),
  outcomes AS (SELECT account, id, position, iif(json_valid(text), text, '{}') AS outcome FROM texts)
INSERT OR IGNORE INTO decisions (account, operator, at, conversation, position)
  SELECT o.account, unhex(replace(person.value ->> '$.operator', '-', '')), o.outcome ->> '$.at', o.id, o.position
  FROM outcomes AS o, json_each(o.outcome, '$.people') AS person
  WHERE person.value ->> '$.operator' IS NOT NULL AND typeof(o.outcome ->> '$.at') = 'integer';

-- How many timers run.
INSERT INTO meta (name, value) SELECT 'timers', count(*) FROM deadlines;
CREATE TRIGGER deadlines_came AFTER INSERT ON deadlines BEGIN
  UPDATE meta SET value = value + 1 WHERE name = 'timers';
END;
CREATE TRIGGER deadlines_went AFTER DELETE ON deadlines BEGIN
  UPDATE meta SET value = value - 1 WHERE name = 'timers';
END;

CREATE INDEX letters_unfinished ON letters (state, due) WHERE due IS NOT NULL;
