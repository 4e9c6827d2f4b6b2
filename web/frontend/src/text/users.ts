// What a uid is called: each machine has names of its own, and a fleet may call one number by several.

export interface UserTable {
  machine_ids: readonly string[];
  /** By uid. */
  names: Readonly<Record<string, string>>;
}

/** Names of one uid that are shown; a fleet that agrees has one. */
const MOST = 3;

/** Fields that name a user by number. */
const UID_FIELDS: ReadonlySet<string> = new Set(['_UID', '_AUDIT_LOGINUID', '_SYSTEMD_OWNER_UID', 'OBJECT_UID', 'OBJECT_AUDIT_LOGINUID', 'OBJECT_SYSTEMD_OWNER_UID', 'COREDUMP_UID']);

export const isUid = (field: string): boolean => UID_FIELDS.has(field);

/** What `uid` is called on the machines that `isMeant`: "ann", or "ann / bob" where they differ; empty when none tells. */
export function userName(uid: string, tables: readonly UserTable[], isMeant: (machineId: string) => boolean): string {
  const found = new Set<string>();
  for (const { names, machine_ids } of tables) {
    const name = Object.hasOwn(names, uid) ? names[uid]! : '';
    if (name && machine_ids.some(isMeant)) found.add(name);
  }
  const shown = [...found].sort();
  return shown.length > MOST ? `${shown.slice(0, MOST).join(' / ')} …` : shown.join(' / ');
}
