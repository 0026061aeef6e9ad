/** A browser, where there is one. */
import { isInstalled } from '../e2e/fixtures/foreign-process.ts';

export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find((name) =>
  isInstalled(name, '--version'),
);
/** Without a window, and without a word to anybody but us. */
export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
