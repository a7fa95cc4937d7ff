/** `npm run service`: the API service with the settings of the environment. */
import '../service/entry/service.ts';
