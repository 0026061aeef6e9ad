/** `npm run licences`: every package of package-lock.json by its licence. Ends with 1 where one does not go together with ours. */
import { isFitting, lockedLicences } from './locked-licences.ts';

const byLicence = Map.groupBy(lockedLicences(), ({ licence }) => licence);
for (const [licence, packages] of [...byLicence].sort(([, one], [, other]) => other.length - one.length)) {
  console.log(
    `${licence}${isFitting(licence) ? '' : ' (does not go together with Apache-2.0)'}: ${packages.length}`,
  );
  const names = packages.map(({ name, version, isForDevelopment }) => {
    return `${name} ${version}${isForDevelopment ? ' (development)' : ''}`;
  });
  console.log(`  ${[...new Set(names)].sort().join('\n  ')}\n`);
}
if ([...byLicence.keys()].some((licence) => !isFitting(licence))) process.exitCode = 1;
