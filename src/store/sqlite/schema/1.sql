-- Ids are blobs of 16 bytes, a letter's of 36 (conversation, episode big-endian, operator): their order is that of the
-- ids in Rust. Instants are milliseconds since 1970 UTC. Small rows live in the tree of their primary key (WITHOUT ROWID);
-- documents are large and rewritten often, so their index holds only the key.

-- Single numbers: `clock`, the latest instant that the store's clock may have told.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

-- kind: 1 settings, 2 presence, 3 conversation, 4 letter. The id of the first two is empty.
CREATE TABLE docs (
  account BLOB NOT NULL,
  kind    INTEGER NOT NULL,
  id      BLOB NOT NULL,
  counter INTEGER NOT NULL,
  nonce   INTEGER NOT NULL,
  state   BLOB NOT NULL,
  UNIQUE (account, kind, id)
) STRICT;
CREATE INDEX docs_by_conversation ON docs (id, account) WHERE kind = 3;

-- kind: 1 edges, 2 messages, 3 entries. The id of the first is empty.
CREATE TABLE streams (
  account  BLOB NOT NULL,
  kind     INTEGER NOT NULL,
  id       BLOB NOT NULL,
  position INTEGER NOT NULL,
  entry    BLOB NOT NULL,
  PRIMARY KEY (account, kind, id, position)
) WITHOUT ROWID, STRICT;

CREATE TABLE deadlines (
  account      BLOB NOT NULL,
  conversation BLOB NOT NULL,
  at           INTEGER NOT NULL,
  PRIMARY KEY (account, conversation)
) WITHOUT ROWID, STRICT;
CREATE INDEX deadlines_by_at ON deadlines (at, account, conversation);

CREATE TABLE attention (
  account      BLOB NOT NULL,
  conversation BLOB NOT NULL,
  until        INTEGER NOT NULL,
  PRIMARY KEY (account, conversation)
) WITHOUT ROWID, STRICT;
CREATE INDEX attention_by_until ON attention (account, until, conversation);

-- status: 1 unserved, 2 served, 3 closed. grp is empty for none.
CREATE TABLE inbox (
  account      BLOB NOT NULL,
  conversation BLOB NOT NULL,
  status       INTEGER NOT NULL,
  grp          BLOB NOT NULL,
  at           INTEGER NOT NULL,
  PRIMARY KEY (account, conversation)
) WITHOUT ROWID, STRICT;
CREATE INDEX inbox_by_status ON inbox (account, status, at, conversation);
CREATE INDEX inbox_by_group ON inbox (account, grp, status, at, conversation);

-- Who joined which; the other columns repeat those of inbox, so that "mine" is one walk in the order of the inbox.
CREATE TABLE joined (
  account      BLOB NOT NULL,
  operator     BLOB NOT NULL,
  status       INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  conversation BLOB NOT NULL,
  grp          BLOB NOT NULL,
  PRIMARY KEY (account, operator, status, at, conversation)
) WITHOUT ROWID, STRICT;
CREATE INDEX joined_by_conversation ON joined (account, conversation, operator);

CREATE TABLE search (
  account      BLOB NOT NULL,
  text         TEXT NOT NULL,
  conversation BLOB NOT NULL,
  PRIMARY KEY (account, text, conversation)
) WITHOUT ROWID, STRICT;
CREATE INDEX search_by_conversation ON search (account, conversation);

CREATE TABLE letters (
  account      BLOB NOT NULL,
  id           BLOB NOT NULL,
  conversation BLOB NOT NULL,
  operator     BLOB NOT NULL,
  state        TEXT NOT NULL,
  due          INTEGER,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX letters_by_due ON letters (due, account, id) WHERE due IS NOT NULL;
CREATE INDEX letters_by_creation ON letters (account, created_at, id);
CREATE INDEX letters_by_state ON letters (account, state, created_at, id);
CREATE INDEX letters_by_operator ON letters (account, operator, created_at, id);
CREATE INDEX letters_by_conversation ON letters (account, conversation, created_at, id);

CREATE TABLE records (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID, STRICT;
