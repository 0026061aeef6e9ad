/** How the readers of demo and siege join a swarm: webtorrent by TCP and trackers only, as for any private torrent. */
export function swarmOptions(host: string) {
  return {
    dht: false,
    lsd: false,
    utPex: false,
    utp: false,
    natUpnp: false,
    natPmp: false,
    webSeeds: false,
    tracker: { wrtc: false as const },
    torrentPort: { host, port: 0 },
  };
}
