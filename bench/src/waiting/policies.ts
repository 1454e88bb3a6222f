/** Names by which the addon knows its waiting policies; the environment variable chooses one. */
export const policyVariable = 'DOORCALL_WAIT_POLICY';

/** What is compared with the chosen one. */
export const rivals = ['park', 'fixed', 'grow-shrink', 'fixed-cpu', 'grow-shrink-cpu'] as const;
export const chosen = 'default';

export const policies = [chosen, ...rivals] as const;
export type Policy = (typeof policies)[number];
