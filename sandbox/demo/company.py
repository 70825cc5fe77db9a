"""The organisation of 团绒宠物: departments, stores, the 28 people and who has left."""

from dataclasses import dataclass
from datetime import date

COMPANY_NAME = "团绒宠物"
LEGAL_NAME = "杭州团绒宠物食品有限公司"

ROOT, OPERATIONS, ONLINE, STORES, B2B, MANAGEMENT = 1, 2, 3, 4, 5, 6

DEPARTMENTS = {
    ROOT: (COMPANY_NAME, 0),
    OPERATIONS: ("私域运营中心", ROOT),
    ONLINE: ("线上养宠顾问组", ROOT),
    STORES: ("门店", ROOT),
    B2B: ("渠道大客户部", ROOT),
    MANAGEMENT: ("管理", ROOT),
    41: ("杭州西湖店", STORES),
    42: ("杭州滨江店", STORES),
    43: ("上海徐汇店", STORES),
    44: ("深圳南山店", STORES),
}


@dataclass(frozen=True, slots=True)
class Store:
    """A store (门店) with its place and department."""

    code: str
    name: str
    city: str
    address: str
    department: int


STORE_LIST = [
    Store("xihu", "杭州西湖店", "杭州", "西湖区文三路 398 号 1 层", 41),
    Store("binjiang", "杭州滨江店", "杭州", "滨江区江南大道 228 号 B1", 42),
    Store("xuhui", "上海徐汇店", "上海", "徐汇区漕溪北路 595 号 2 层", 43),
    Store("nanshan", "深圳南山店", "深圳", "南山区海德三道 169 号 1 层", 44),
]
STORE_OF_DEPARTMENT = {store.department: store for store in STORE_LIST}


@dataclass(frozen=True, slots=True)
class Person:
    """One employee.

    Attributes:
        adds: Weight among the people who share a channel (0: has no customers).
        pull: How well the person's customers buy, 1 is the average of the company.
        left_on: Story day on which the person left, if they did.
    """

    userid: str
    name: str
    department: int
    position: str
    gender: int
    persona: str = ""
    adds: float = 0.0
    pull: float = 1.0
    joined_on: date = date(2024, 11, 1)
    left_on: date | None = None


PEOPLE = [
    Person("chenyujin", "陈雨瑾", OPERATIONS, "私域负责人", 2),
    Person("linxiao", "林晓", OPERATIONS, "内容运营", 2),
    Person("zhaoziang", "赵子昂", OPERATIONS, "活动渠道运营", 1),
    Person("xujing", "徐静", OPERATIONS, "标签与数据", 2),
    Person("hechuan", "何川", ONLINE, "组长", 1, "养宠老司机", 1.0, 1.1),
    Person("fangyuan", "方圆", ONLINE, "养宠顾问", 2, "猫营养师", 1.3, 1.15),
    Person("zhouning", "周宁", ONLINE, "养宠顾问", 1, "狗营养师", 1.15, 1.0),
    Person("yeqing", "叶青", ONLINE, "养宠顾问", 2, "新手陪跑", 1.25, 0.9),
    Person("tangguo", "唐果", ONLINE, "养宠顾问", 2, "护理顾问", 1.05, 0.85),
    Person("sunlei", "孙蕾", 41, "店长", 2, "西湖店店长", 0.5, 1.1),
    Person("wujiaqi", "吴佳琪", 41, "导购", 2, "猫咪美容师", 1.2, 1.2),
    Person("qianhao", "钱浩", 41, "导购", 1, "训犬爱好者", 0.95, 0.9),
    Person("caimeng", "蔡萌", 41, "导购", 2, "洗护专家", 0.85, 0.8),
    Person("jiangtao", "蒋涛", 42, "店长", 1, "滨江店店长", 0.5, 1.0),
    Person("shenjianing", "沈佳宁", 42, "导购", 2, "金牌导购", 2.1, 1.7, left_on=date(2026, 8, 10)),
    Person("hanxue", "韩雪", 42, "导购", 2, "布偶家长", 0.9, 0.95),
    Person("panrui", "潘睿", 42, "导购", 1, "猫舍经验", 0.9, 0.9),
    Person(
        "guxiaotong", "顾晓彤", 42, "导购", 2, "新人导购", 1.4, 0.85, joined_on=date(2026, 8, 3)
    ),
    Person("luyiming", "陆一鸣", 43, "店长", 1, "徐汇店店长", 0.5, 0.9),
    Person("gaoyuan", "高媛", 43, "导购", 2, "贵妇猫顾问", 1.15, 1.0),
    Person("weichen", "魏晨", 43, "导购", 1, "健身带狗人", 0.95, 0.75),
    Person("dingding", "丁丁", 43, "导购", 2, "多猫家庭", 0.85, 0.8),
    Person("chenkeke", "陈可可", 44, "店长", 2, "南山店店长", 0.5, 1.05),
    Person("suwan", "苏婉", 44, "导购", 2, "异宠也懂", 1.1, 1.9),
    Person("liangbo", "梁博", 44, "导购", 1, "柯基爸爸", 1.0, 0.9),
    Person("zengqi", "曾琪", 44, "导购", 2, "洗护专家", 0.85, 0.85),
    Person("fengkai", "冯凯", B2B, "大客户销售", 1, "宠物医院", 1.0),
    Person("daiyun", "戴芸", B2B, "大客户销售", 2, "宠物门店", 1.0),
    Person("tuanrong", "田团荣", MANAGEMENT, "总经理", 1),
]
BY_USERID = {person.userid: person for person in PEOPLE}
DEPARTED = next(person for person in PEOPLE if person.left_on)
ADMIN_USERID = "tuanrong"


def team(department: int) -> list[Person]:
    """Return the people of one department who have customers, also those who have left."""
    return [one for one in PEOPLE if one.department == department and one.adds]


def store_of(userid: str) -> Store | None:
    """Return the store in which somebody works, None outside the stores."""
    return STORE_OF_DEPARTMENT.get(BY_USERID[userid].department)
