/** Every key that begins so may use the registry, as the auth service of the gateway's benches says. */
export const benchKey = 'hk_bench';
