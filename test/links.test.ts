import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '..');
const PAGES = globSync(['*.md', '{docs,consensus,examples,client}/**/*.md'], { cwd: ROOT }).filter(
  (page) => !page.includes('node_modules'),
);

/** Relative ones: where another site stands is not ours to promise. */
function linksOf(text: string): readonly string[] {
  const prose = text
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[()]/g, ' '));
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/i.test(link));
}

/** As the pages of a forge name them. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ +(.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('each link of a page', () => {
  it('leads to something that is there', () => {
    expect(PAGES.length).to.be.above(50);
    const dead = PAGES.flatMap((page) => {
      const text = readFileSync(join(ROOT, page), 'utf8');
      return linksOf(text).flatMap((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
        if (!existsSync(target)) return [`${page}: ${link}`];
        if (anchor === undefined || !target.endsWith('.md')) return [];
        const titles = anchorsOf(readFileSync(target, 'utf8'));
        return titles.includes(anchor)
          ? []
          : [`${page}: ${link} (${relative(ROOT, target)} has no such part)`];
      });
    });
    expect(dead).to.deep.equal([]);
  });
});
