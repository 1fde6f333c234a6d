import './styles/base.css'
import './lib/i18n/all_texts'

import { mount } from 'svelte'

import { startLanguage } from './lib/i18n/language.svelte'
import ConsolePage from './routes/console/ConsolePage.svelte'

startLanguage()
mount(ConsolePage, { target: document.getElementById('page') as HTMLElement })
