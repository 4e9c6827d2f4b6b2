// Journal fields made human: names of priorities and facilities, times, errnos; and the order in which to read them.

export const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

export const FACILITIES = [
  'kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp',
  'ntp', 'audit', 'alert', 'clock', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7',
];

const ERRNOS: Record<string, string> = {
  1: 'EPERM', 2: 'ENOENT', 4: 'EINTR', 5: 'EIO', 9: 'EBADF', 11: 'EAGAIN', 12: 'ENOMEM', 13: 'EACCES', 16: 'EBUSY',
  17: 'EEXIST', 19: 'ENODEV', 20: 'ENOTDIR', 22: 'EINVAL', 24: 'EMFILE', 28: 'ENOSPC', 30: 'EROFS', 32: 'EPIPE',
  98: 'EADDRINUSE', 99: 'EADDRNOTAVAIL', 101: 'ENETUNREACH', 104: 'ECONNRESET', 110: 'ETIMEDOUT', 111: 'ECONNREFUSED',
  113: 'EHOSTUNREACH',
};

/** The level 0..7 of an entry, or null when it has none that is one. */
export function priorityOf(text: string): number | null {
  return /^[0-7]$/.test(text) ? Number(text) : null;
}

/** What a raw value means, in words; empty when the value says it itself. */
export function meaning(field: string, value: string): string {
  switch (field) {
    case 'PRIORITY': return PRIORITIES[priorityOf(value) ?? -1] ?? '';
    case 'SYSLOG_FACILITY': return FACILITIES[/^\d+$/.test(value) ? Number(value) : -1] ?? '';
    case 'ERRNO': return ERRNOS[value] ?? '';
    case '_UID': case '_AUDIT_LOGINUID': case '_SYSTEMD_OWNER_UID': return userOf(value);
    case '_GID': return value === '0' ? 'root' : '';
    case '__MONOTONIC_TIMESTAMP': case '_SOURCE_MONOTONIC_TIMESTAMP': return sinceBoot(value);
    default: return '';
  }
}

/** What systemd's ranges of user ids tell (systemd.io/UIDS-GIDS); names of users are each machine's own. */
function userOf(value: string): string {
  if (!/^\d{1,10}$/.test(value)) return '';
  const uid = Number(value);
  if (uid === 0) return 'root';
  if (uid === 65534) return 'nobody';
  if (uid === 4294967295) return 'unset';
  if (uid < 1000) return 'a system user';
  if (uid >= 61184 && uid <= 65519) return 'a dynamic user of a service';
  return uid >= 524288 && uid <= 1879048191 ? 'in a container' : '';
}

function sinceBoot(value: string): string {
  if (!/^\d{1,16}$/.test(value)) return '';
  return `${(Number(value) / 1e6).toFixed(6)} s after boot`;
}

/** What every row of the list has: for its line, and for narrowing to its neighbours. */
export const ROW_FIELDS: readonly string[] = [
  'MESSAGE', 'PRIORITY', '_HOSTNAME', '_MACHINE_ID', '_SYSTEMD_UNIT', '_SYSTEMD_USER_UNIT', 'SYSLOG_IDENTIFIER',
  '_COMM', '_PID', 'SYSLOG_PID', '_TRANSPORT', '_BOOT_ID',
];

/** Names as journald has them; those with `__` are no fields but an entry's address. */
export const FIELD_NAME = /^(?!__)[A-Z_][A-Z0-9_]{0,63}$/;

/** Fields of the sidebar until somebody chooses others. */
export const FACET_FIELDS = ['_HOSTNAME', 'PRIORITY', '_SYSTEMD_UNIT', 'SYSLOG_IDENTIFIER'] as const;

const LABELS: Record<string, string> = {
  _HOSTNAME: 'Host',
  _SYSTEMD_UNIT: 'Unit',
  SYSLOG_IDENTIFIER: 'Identifier',
  PRIORITY: 'Priority',
  SYSLOG_FACILITY: 'Facility',
  _TRANSPORT: 'Transport',
  _BOOT_ID: 'Boot',
  MESSAGE_ID: 'Event',
  _UID: 'User id',
};

export const labelOf = (field: string): string => LABELS[field] ?? field;

/** The raw value that somebody means who types a name of it. */
export function rawValue(field: string, text: string): string {
  const names: readonly string[] = field === 'PRIORITY' ? PRIORITIES : field === 'SYSLOG_FACILITY' ? FACILITIES : [];
  const number = names.indexOf(text.trim().toLowerCase());
  return number < 0 ? text : String(number);
}

/** Fields in reading order: what the program said, what journald vouches for, the entry's address. */
export function fieldGroups(names: string[]): { title: string; names: string[] }[] {
  const own = names.filter((name) => !name.startsWith('_'));
  const trusted = names.filter((name) => name.startsWith('_') && !name.startsWith('__'));
  const address = names.filter((name) => name.startsWith('__') && name !== '__POSITION' && name !== '__CLIPPED');
  const first = ['PRIORITY', 'SYSLOG_IDENTIFIER', 'SYSLOG_FACILITY', 'SYSLOG_PID'];
  const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  own.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  trusted.sort();
  address.sort();
  return [
    { title: 'From the program', names: own.filter((name) => name !== 'MESSAGE') },
    { title: 'From journald, trusted', names: trusted },
    { title: 'Address', names: address },
  ].filter((group) => group.names.length > 0);
}
