import './styles/base.css'

import { mount } from 'svelte'

import { startLanguage } from './lib/i18n/language.svelte'
import ApiPage from './routes/api/ApiPage.svelte'

startLanguage()
mount(ApiPage, { target: document.getElementById('page') as HTMLElement })
