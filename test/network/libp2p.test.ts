import { networkContract } from '../contracts/network.ts';
import { libp2pFederation } from './federations.ts';

describe('the network over libp2p', () => {
  describe('as every network', () => {
    networkContract(libp2pFederation);
  });
});
