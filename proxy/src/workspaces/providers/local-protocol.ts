/** What the proxy and its local SSH server say to each other over the child process's channel. */

export interface LocalSshdRequest {
  /** In a folder of its own with mode 0700; the child removes that folder when it ends. */
  socketPath: string;
  /** OpenSSH format; made for this start only. */
  hostPrivateKey: string;
  clientPublicKey: string;
}

export interface LocalSshdReady {
  type: 'ready';
  user: string;
}
