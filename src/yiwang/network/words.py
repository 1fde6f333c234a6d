"""Words that say something about a service other than who it is: its quality, its kind, its place, its number.

All are in the form :func:`yiwang.network.names.normalise` gives words: without diacritics, lower case, simplified Chinese,
other scripts transliterated, no plural s.
"""

QUALITY = {
    "sd": "sd", "hd": "hd", "fhd": "hd", "hdtv": "hd", "fullhd": "hd", "uhd": "uhd", "4k": "uhd", "8k": "uhd", "ultrahd": "uhd",
    "标清": "sd", "高清": "hd", "超清": "hd", "超高清": "uhd", "hevc": "", "hq": "", "h265": "", "h264": "", "hdr": "", "ultra": "uhd",
}  # fmt: skip

# Words a list may leave out or add without meaning another service.
NOISE = frozenset(
    """tv hdtv television televisao televisione televizija televizia televiziya televidenie televisyon telewizja televisi
    televisio channel chanel canal canale kanal kanali kanava kanalo kanaal chaine cadena network netwrk ntwk ch arkhi
    telekanal qnh qnah tlfzywn tlyfzywn chiyanneru terebi tivi televizio feed the official freeview freesat dtt
    电视台 电视 频道 台""".split()
)

# Small words between others.
SMALL = frozenset(
    "de del der die das en et and und of by in for di la le les el los al an a da do dos das il lo".split()
)

NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "uno": "1", "due": "2", "tre": "3", "dos": "2", "tres": "3", "eins": "1", "zwei": "2", "drei": "3",
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "ketto": "2", "harom": "3",
    "pervyy": "1", "pervyi": "1", "twentyseven": "27",
}  # fmt: skip
HAN_DIGITS = {"零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}

# Kinds of programme: the same word in two names says little, a word of these in one of them only says they differ.
GENERIC = frozenset(
    """sport new movie film cinema cine kino kid junior jr music musica classic action comedy drama crime family life
    food travel history nature science documentary doc premium plu + extra max gold star world radio one hit top prime
    first select live arena event best pop rock junior baby cartoon channel discovery shop game animal planet 24
    综合 新闻 体育 财经 经济 影视 电影 少儿 生活 科教 文艺 都市 公共 音乐 纪实 纪录 娱乐 农村 法治 法制 教育 卫视 电视剧
    科技 国际 购物 经视 民生 社会 文化 旅游 时尚 动漫 卡通 戏曲 交通 资讯 足球 剧场 影院 休闲 健康 导视""".split()
)

# The same word, spelt or shortened in other ways or languages.
SAME = {
    "sportif": "sport", "deporte": "sport", "sporting": "sport", "spor": "sport", "sp": "sport", "spt": "sport", "desporto": "sport",
    "jr": "junior", "jnr": "junior", "doc": "documentary", "doku": "documentary", "intl": "international", "int": "international",
    "internacional": "international", "internationale": "international", "internazionale": "international",
    "nat": "national", "geo": "geographic", "nick": "nickelodeon", "premiere": "premier", "prem": "premier", "lg": "league",
    "disc": "discovery", "cine": "cinema", "movy": "movie", "ev": "event", "foot": "football",
    "fotboll": "football", "fball": "football", "futbol": "football", "soccer": "football", "notizie": "new", "noticia": "new", "nachricht": "new",
    "natgeo": "nationalgeographic", "plu": "+", "plus": "+", "xtra": "extra", "inv": "investigation",
}  # fmt: skip

# China Central Television's channels by number: each is called by its number, its name, or both.
CCTV = {
    "1": ("综合",), "2": ("财经", "经济"), "3": ("综艺",), "4": ("中文国际", "国际"), "5": ("体育",), "5+": ("体育赛事",),
    "6": ("电影",), "7": ("国防军事", "军事农业", "军事"), "8": ("电视剧",), "9": ("纪录", "记录", "纪录片"), "10": ("科教",),
    "11": ("戏曲",), "12": ("社会与法",), "13": ("新闻",), "14": ("少儿",), "15": ("音乐",), "16": ("奥林匹克",),
    "17": ("农业农村",),
}  # fmt: skip

# Places and parts of a country that lists add to a name to tell one region's feed from another's.
PLACES = frozenset(
    """north south east west northern southern eastern western northeast northwest southeast southwest nord sud est ouest
    norte sur este oeste pacific pacifico atlantic atlantico mountain
    pacifique panregional regional national nacional
    ne nw se sw ni wm yk sth nth est lon mid emid wmid nel emidland wmidland yorks yorkshire lincolnshire cambridgeshire oxfordshire cumbria cumbrium midland london wale wal wst
    scotland scot england ireland anglia granada meridian tyne tee lancashire sussex kent bristol birmingham manchester
    island kingdom leeds newcastle norwich plymouth southampton belfast
    europe europa european asia asie asium asian africa afrique africain america latinamerica latin latam latinoamerica amerique mena emea
    oceania apac middleeast benelux dach nordic nordik balkan cis cee anz
    uk gb usa us au nz ca mx ar cl co br pe fr ge ger de es pt nl dk fi pl hu ro bg hr rs si sk cz gr tr ru ua
    lt lv ee ie il za hk sg th ph vn jp kr cn tw ksa uae
    britain deutschland germany german osterreich austria schweiz suisse svizzera switzerland swiss france italy italia spain espana
    portugal polska poland hungary magyar romania bulgaria hrvatska croatia srbija serbia slovenija slovenia slovensko cesko
    czech greece turkiye turkey russia rossiya ukraine latvia lietuva lithuania eesti estonia iceland norge norway sverige sweden
    danmark denmark suomi finland nederland netherland belgie belgique belgium luxembourg malta israel egypt saudi emirate
    morocco algeria tunisia india pakistan bangladesh lanka nepal singapore malaysia indonesia thailand philippine vietnam
    japan korea china taiwan hongkong australia zealand canada mexico brasil brazil argentina chile colombia peru venezuela
    uruguay paraguay bolivia ecuador honduras panama guatemala costarica cuba caribbean centroamerica
    estadosunido pay
    alsace aquitaine auvergne bourgogne bretagne centre champagne ardenne corse viastella franche comte languedoc
    roussillon limousin lorraine pyrenee pyrenees normandie picardie poitou charente charentes provence alpe rhone azur
    loire val paris idf iledefrance noa occitanie savoie calais haute basse hautenormandie
    bayern hessen niedersachsen sachsen thuringen brandenburg berlin hamburg bremen schleswig holstein mecklenburg
    vorpommern rheinland pfalz saarland wurttemberg baden nordrhein westfalen koln dusseldorf
    lazio lombardia veneto piemonte toscana sicilia sardegna puglia calabria campania liguria umbria marche abruzzo
    catalunya cataluna andalucia galicia euskadi madrid valencia murcia aragon asturia canaria
    sydney melbourne brisbane adelaide perth hobart darwin canberra cairn queensland victoria tasmania
    toronto vancouver montreal calgary edmonton ottawa winnipeg halifax atlanta boston chicago dallas denver detroit houston
    angeles miami philadelphia seattle
    欧洲 美洲 亚洲""".split()
)
# Places that are the end of many names by right (Comedy Central): a feed's only after a number (ITV1 Central).
PLACES_AFTER_NUMBER = frozenset("central country border wales channel via cote llr lincs y l".split())

# Names of languages, as lists add them; a service in another language is another service.
LANGUAGE_OF = {
    word: words.split()[0]
    for words in (
        "english ingle inglese anglai englisch eng", "arabic arabi arabe ara", "francai french franzosisch fre",
        "deutsch german", "espanol spanish esp", "italian", "russian rus", "portuguese por", "polish", "turkish", "hindi",
        "tamil", "telugu", "kannada", "malayalam", "bangla bengali", "marathi", "punjabi", "gujarati", "odia", "urdu",
        "chinese mandarin cantonese", "korean", "japanese", "hebrew", "persian farsi",
    )
    for word in words.split()
}  # fmt: skip
LANGUAGES = frozenset(LANGUAGE_OF)
