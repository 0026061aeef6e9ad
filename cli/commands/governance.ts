/**
 * The commands with which operators decide together: propose, approve, and what is there to see. They sign with the
 * key of a home and hand the transaction to whatever library they are told; it needs to trust neither them nor us.
 */
import type { Command } from 'commander';
import type { Action } from '../../chain/governance/action.ts';
import { ClientError } from '../../client/client-error.ts';
import { createOperator, type Operator } from '../../client/operator.ts';
import { Fault } from '../../core/fault.ts';
import * as actions from './proposed-action.ts';
import { Refusal } from './refusal.ts';
import { seat } from './seat.ts';
import { approve, propose } from './signed.ts';
import { memberLines, proposalLines } from './tables.ts';

type Options = { readonly home: string; readonly at: string };
/** With as many attestations as libraries, one that is down stops new books. */
const LOWER_FIRST = 'where as many libraries are left as must attest a book, lower attestations first';

type Run = (operator: Operator, home: string) => Promise<string>;

export type Terminal = {
  /** Prints what a command has to tell. */
  say(text: string): void;
  /** Milliseconds since 1970. */
  now(): number;
};

export function addGovernanceCommands(program: Command, { say, now }: Terminal): void {
  /** @param run - gets the arguments, and the options, of the command line. */
  const add = (parent: Command, usage: string, text: string, run: (...given: never[]) => Run): Command => {
    const command = parent
      .command(usage)
      .description(text)
      .option('--home <folder>', 'folder of the library whose key signs', '.digitallib')
      .option('--at <url>', 'API of any library of the federation', 'http://127.0.0.1:8645');
    return command.action(async (...given: unknown[]) => {
      const { home, at } = command.opts<Options>();
      if (!URL.canParse(at)) throw new Fault('config.invalid', `--at: ${at} is not a URL`);
      say(await asRefusal(at, run(...(given as never[]))(createOperator({ url: at }), home)));
    });
  };

  add(program, 'members', 'show the libraries of the federation, and which of them vote', () => {
    return async (operator) => memberLines(await operator.members());
  });
  add(program, 'proposals', 'show what the authorities are asked to decide', () => {
    return async (operator) => proposalLines(await operator.proposals(), await operator.members());
  });
  add(program, 'approve <proposal>', 'agree to a proposal', (id: string) => {
    return (operator, home) => approve(operator, home, id);
  });
  add(program, 'seat', 'sign with the key of this home that it may be elected', () => {
    return (operator, home) => seat(operator, home, now());
  });

  const group = program.command('propose').description('put a change before the authorities, and approve it');
  const proposal = (
    usage: string,
    text: string,
    action: (...given: never[]) => Action | ((operator: Operator) => Promise<Action>),
  ): Command =>
    add(group, usage, text, (...given: never[]) => async (operator, home) => {
      const wanted = action(...given);
      const wished = typeof wanted === 'function' ? await wanted(operator) : wanted;
      return propose(operator, home, wished, now());
    });
  const withFields = (command: Command): Command =>
    command
      .option('--name <text>', 'what people call the library')
      .option('--address <multiaddr...>', 'where other libraries reach it, like /ip4/192.0.2.1/tcp/4645')
      .option('--tracker <url>', 'base URL of its tracker')
      .option('--api <url>', 'base URL of its API');

  withFields(proposal('add-member <key>', 'take in a library', actions.addMember));
  withFields(
    proposal(
      'update-member <key>',
      'change what the ledger says of a library',
      (key: string, fields: actions.MemberOptions) => async (operator) =>
        actions.updateMember(key, fields, await operator.members()),
    ),
  );
  proposal('remove-member <key>', `send a library away; ${LOWER_FIRST}`, (key: string) =>
    actions.removeMember(key),
  );
  const election = (
    usage: string,
    text: string,
    elect: (words: never, electorate: actions.Electorate) => Action,
  ): Command =>
    proposal(usage, text, (words: never) => async (operator) => {
      const [members, { epoch }] = await Promise.all([operator.members(), operator.proposals()]);
      return elect(words, { members, epoch });
    });
  election('add-authority <seat>', 'let a member vote, which has signed for its seat', actions.addAuthority);
  election('remove-authority <key>', 'let a member vote no longer', actions.removeAuthority);
  election(
    'set-authorities <keys-and-seats...>',
    'these members vote, and no others: keys of those who do already, seats of the new ones',
    actions.setAuthorities,
  );
  proposal('grant-billing <key>', 'let an account sell tokens for money', (key: string) =>
    actions.role('grant-role', key),
  );
  proposal('revoke-billing <key>', 'let it do so no longer', (key: string) =>
    actions.role('revoke-role', key),
  );
  proposal(
    'set-parameters <name=value...>',
    `tune the federation; ${LOWER_FIRST}`,
    (named: string[]) => async (operator) => {
      return actions.setParameters(named, (await operator.proposals()).parameters);
    },
  );
  proposal('take-down <hash>', 'hide a file from everybody but the libraries', (hash: string) =>
    actions.takeDown('take-down', hash),
  );
  proposal('restore <hash>', 'show it again', (hash: string) => actions.takeDown('restore', hash));
  proposal('reset-file <hash>', 'take a false entry back, and what it minted', (hash: string) =>
    actions.takeDown('reset-file', hash),
  );
  proposal(
    'upgrade <height> <version>',
    'from this block on, follow newer rules',
    (height: string, version: string) => actions.upgrade(height, version),
  );
}

/** @throws Refusal for what the library at this URL has refused, or not answered. */
async function asRefusal(at: string, work: Promise<string>): Promise<string> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ClientError ? new Refusal(at, error) : error;
  }
}
