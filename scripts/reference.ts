/** `npm run reference`: writes docs/reference.md from the contract of the API (api/reference.ts). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from '../api/reference.ts';

writeFileSync(join(import.meta.dirname, '../docs/reference.md'), reference());
