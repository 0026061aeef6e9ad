/** Who may have a key registered: anybody within quotas, whoever has a code of the librarian, or nobody. */
export type RegistrationPolicy = 'open' | 'code' | 'closed';
