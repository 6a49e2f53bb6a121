-- What akka-persistence-jdbc writes to, in PostgreSQL. One row of event_journal is one turn of an owner; its primary key
-- is the fence: a second writer of a sequence number is refused.
-- Several nodes may come here at the same time on a first start, and IF NOT EXISTS alone is no lock.
SELECT pg_advisory_xact_lock(4019);

CREATE TABLE IF NOT EXISTS event_journal (
    ordering BIGSERIAL UNIQUE,
    persistence_id VARCHAR(255) NOT NULL,
    sequence_number BIGINT NOT NULL,
    deleted BOOLEAN DEFAULT FALSE NOT NULL,
    writer VARCHAR(255) NOT NULL,
    write_timestamp BIGINT,
    adapter_manifest VARCHAR(255),
    event_ser_id INTEGER NOT NULL,
    event_ser_manifest VARCHAR(255) NOT NULL,
    event_payload BYTEA NOT NULL,
    meta_ser_id INTEGER,
    meta_ser_manifest VARCHAR(255),
    meta_payload BYTEA,
    PRIMARY KEY (persistence_id, sequence_number)
);

CREATE TABLE IF NOT EXISTS snapshot (
    persistence_id VARCHAR(255) NOT NULL,
    sequence_number BIGINT NOT NULL,
    created BIGINT NOT NULL,
    snapshot_ser_id INTEGER NOT NULL,
    snapshot_ser_manifest VARCHAR(255) NOT NULL,
    snapshot_payload BYTEA NOT NULL,
    meta_ser_id INTEGER,
    meta_ser_manifest VARCHAR(255),
    meta_payload BYTEA,
    PRIMARY KEY (persistence_id, sequence_number)
);

-- The grid that the journal is of, and the nodes that it has given numbers to.
CREATE TABLE IF NOT EXISTS fos_grid (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id CHAR(36) NOT NULL
);

CREATE TABLE IF NOT EXISTS fos_node (
    number INTEGER PRIMARY KEY,
    boot INTEGER DEFAULT 0 NOT NULL,
    pid BIGINT DEFAULT 0 NOT NULL,
    host VARCHAR(255) DEFAULT '' NOT NULL,
    http INTEGER DEFAULT 0 NOT NULL,
    ssh INTEGER DEFAULT 0 NOT NULL
);
