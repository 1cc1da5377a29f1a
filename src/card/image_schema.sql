-- A saved card: one SQLite file, application id 0x76736364 ("vscd"), user_version the schema's number. Version 1.

CREATE TABLE card (
	name TEXT PRIMARY KEY, -- type: the card type's name; next-file: see file.id
	value TEXT NOT NULL
) WITHOUT ROWID;

-- The file tree (ISO/IEC 7816-4:2020 clause 7); the MF has no parent.
CREATE TABLE file (
	id INTEGER PRIMARY KEY,  -- never given twice; a parent's is lower than its children's
	parent INTEGER REFERENCES file(id),
	fid INTEGER NOT NULL,
	descriptor INTEGER NOT NULL,
	coding INTEGER NOT NULL,
	sfi INTEGER NOT NULL,    -- 0: none
	life INTEGER NOT NULL,
	record_size INTEGER NOT NULL,
	record_max INTEGER NOT NULL,
	size INTEGER NOT NULL,
	names BLOB NOT NULL,     -- control parameters as BER-TLV objects: 84
	security BLOB NOT NULL,  -- 8B, 8C, AB, ...
	extra BLOB NOT NULL,     -- 85, A5, ...
	fmd BLOB NOT NULL,
	content BLOB NOT NULL
);

-- Named values of the card and its type.
CREATE TABLE attr (
	name TEXT PRIMARY KEY,
	value BLOB NOT NULL
) WITHOUT ROWID;
