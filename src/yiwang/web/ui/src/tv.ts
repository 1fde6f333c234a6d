import { mount } from 'svelte'

import { startLanguage } from './lib/i18n/language.svelte'
import TvPage from './routes/tv/TvPage.svelte'

startLanguage()
mount(TvPage, { target: document.getElementById('page') as HTMLElement })
